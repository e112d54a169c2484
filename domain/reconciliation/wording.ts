/** What a line says that it is, where the bank's code says nothing. */

const CHARGE =
  /手续费|服务费|工本费|管理费|账户维护|短信费|汇划费|邮电费|结息|利息|\b(?:bank )?(?:charges?|fees?|commission|interest)\b/i
const BOUNCE =
  /退票|退汇|退回|冲正|冲销|拒付|\b(?:bounced?|returned|reversal|reversed|charge-?back|r-transaction|unpaid)\b/i
const PROVIDER = /财付通|微信支付|支付宝|\b(?:tenpay|we ?chat ?pay|alipay)\b/i

/** A charge of the bank, or interest. */
export function soundsLikeCharge(text: string): boolean {
  return CHARGE.test(text)
}

/** Money that goes back the way it came. */
export function soundsLikeBounce(text: string): boolean {
  return BOUNCE.test(text)
}

export function soundsLikeProvider(text: string): boolean {
  return PROVIDER.test(text)
}
