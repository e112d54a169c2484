/**
 * Finds, with the compiler's own types, whatever could make a JavaScript number of money: a binary float.
 * What is typed `number` holds whole things only (pieces, days, pages) if nothing here is found: text and
 * decimals never become numbers, and numbers never become fractions.
 */

import { relative } from 'node:path'
import {
  type BinaryExpression,
  type CallExpression,
  type Identifier,
  type Node,
  type PrefixUnaryExpression,
  type PropertyAccessExpression,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { API, type Project, type Type, TypeFlags } from 'typescript/unstable/sync'

export type Found = Readonly<{
  file: string
  line: number
  rule: Rule
  /** The source of what is wrong. */
  source: string
}>

export type Rule =
  | 'text or a decimal becomes a number'
  | 'arithmetic on something else than whole numbers'
  | 'a number becomes a fraction'
  | 'a decimal is compared as text'
  | 'money is a number'
  | 'SQL makes a float'

/** Of which node the type is asked for, and what it tells; `found`: what is then wrong, if not the node. */
type Asked = Readonly<{
  node: Node
  judge: (type: Type | undefined) => Rule | undefined
  found?: Node
}>

/** Files that do not exist are taken from `planted`, by their absolute path. */
export function moneyFloats(
  root: string,
  files: readonly string[],
  planted: ReadonlyMap<string, string> = new Map(),
): readonly Found[] {
  const config = planted.size === 0 ? `${root}/tsconfig.json` : `${root}/tsconfig.planted.json`
  const settings = { extends: './tsconfig.json', include: [], files }
  const read = (path: string) =>
    path === config && planted.size > 0 ? JSON.stringify(settings) : planted.get(path)
  const api = new API({
    cwd: root,
    fs: { readFile: read, fileExists: (path) => (read(path) === undefined ? undefined : true) },
  })
  try {
    const project = api.updateSnapshot({ openProjects: [config] }).getProject(config)
    if (project === undefined) throw new Error(`no project ${config}`)
    return files.flatMap((file) => floatsIn(project, root, file))
  } finally {
    api.close()
  }
}

function floatsIn({ program, checker }: Project, root: string, path: string): readonly Found[] {
  const file = program.getSourceFile(path)
  if (file === undefined) throw new Error(`${path} is not in the project`)
  const found: Readonly<{ node: Node; rule: Rule }>[] = []
  const asked: Asked[] = []
  const visit = (node: Node): void => {
    const rule = bySyntax(node)
    if (rule !== undefined) found.push({ node, rule })
    asked.push(...byType(node))
    node.forEachChild(visit)
  }
  visit(file)
  const types = checker.getTypeAtLocation(asked.map(({ node }) => node))
  for (const [index, { node, judge, found: wrong = node }] of asked.entries()) {
    const rule = judge(types[index])
    if (rule !== undefined) found.push({ node: wrong, rule })
  }
  return found.map(({ node, rule }) => {
    const start = node.getStart(file)
    const line = file.text.slice(0, start).split('\n').length
    return { file: relative(root, path), line, rule, source: file.text.slice(start, node.end) }
  })
}

const CONVERTED = 'text or a decimal becomes a number'
const CONVERSIONS = new Set([
  ...['Number', 'parseFloat', 'parseInt', 'toNumber'],
  ...['Float64Array', 'Float32Array', 'Float16Array'],
])
/** What may be asked of numbers and gives none. */
const HARMLESS = new Set([
  'isInteger',
  'isSafeInteger',
  'isFinite',
  'isNaN',
  'MAX_SAFE_INTEGER',
  'POSITIVE_INFINITY',
])
const WHOLE_MATH = new Set(['max', 'min', 'floor', 'ceil', 'trunc', 'abs', 'sign'])

/** What is wrong whatever the types are. */
function bySyntax(node: Node): Rule | undefined {
  switch (node.kind) {
    case SyntaxKind.Identifier:
      return isConversion(node as Identifier) ? CONVERTED : undefined
    case SyntaxKind.PropertyAccessExpression:
      return isFractionalMath(node as PropertyAccessExpression)
        ? 'a number becomes a fraction'
        : undefined
    case SyntaxKind.PrefixUnaryExpression:
      return (node as PrefixUnaryExpression).operator === SyntaxKind.PlusToken
        ? CONVERTED
        : undefined
    case SyntaxKind.AsExpression:
      return isCastToNumber(node) ? CONVERTED : undefined
    case SyntaxKind.NumericLiteral:
      return Number.isInteger(Number((node as unknown as { text: string }).text))
        ? undefined
        : 'a number becomes a fraction'
    case SyntaxKind.CallExpression:
      return isFractionalSchema(node as CallExpression) ? 'a number becomes a fraction' : undefined
    case SyntaxKind.StringLiteral:
    case SyntaxKind.NoSubstitutionTemplateLiteral:
    case SyntaxKind.TemplateHead:
    case SyntaxKind.TemplateMiddle:
    case SyntaxKind.TemplateTail:
      return FLOAT_SQL.test((node as unknown as { text: string }).text)
        ? 'SQL makes a float'
        : undefined
    default:
      return undefined
  }
}

const FLOAT_SQL =
  /::\s*(real|float\d*|double)\b|\bas\s+(real|float\d*|double)\b|\bdouble precision\b|\bto_number\s*\(|^(real|float\d*)$/i

/** A call of `Number` is judged by the type of what it is given. */
function isConversion({ text, parent }: Identifier): boolean {
  if (!CONVERSIONS.has(text)) return false
  if (text === 'Number' && argumentOfNumber(parent) !== undefined) return false
  if (text !== 'Number' || parent.kind !== SyntaxKind.PropertyAccessExpression) return true
  const { name, expression } = parent as PropertyAccessExpression
  // `Number.parseFloat` is found by its name.
  return (expression as Node & { text?: string }).text !== 'Number' ? true : !isNamed(name)
}

function isNamed({ text }: Node & { text?: string }): boolean {
  return text !== undefined && (HARMLESS.has(text) || CONVERSIONS.has(text))
}

function isFractionalMath({ expression, name }: PropertyAccessExpression): boolean {
  const [of, member] = [textOf(expression), textOf(name)]
  return of === 'Math' && member !== undefined && !WHOLE_MATH.has(member)
}

function textOf(node: Node): string | undefined {
  return (node as Node & { text?: string }).text
}

function isCastToNumber(node: Node): boolean {
  return (node as Node & { type: Node }).type.kind === SyntaxKind.NumberKeyword
}

/** A schema of numbers that are not whole: `z.number()` with no `.int()` after it. */
function isFractionalSchema({ expression }: CallExpression): boolean {
  if (expression.kind !== SyntaxKind.PropertyAccessExpression) return false
  const access = expression as PropertyAccessExpression
  if (textOf(access.name) !== 'number') return false
  const of = access.expression
  const isZod =
    textOf(of) === 'z' || textOf((of as PropertyAccessExpression).name ?? of) === 'coerce'
  return isZod && !chainAfter(access).includes('int')
}

/** The members asked of a value one after another: `int`, `min` of `z.number().int().min(1)`. */
function chainAfter(access: Node): readonly string[] {
  const names: string[] = []
  for (let node = access.parent; node !== undefined; node = node.parent) {
    if (node.kind === SyntaxKind.PropertyAccessExpression) {
      names.push(textOf((node as PropertyAccessExpression).name) ?? '')
    } else if (node.kind !== SyntaxKind.CallExpression) {
      break
    }
  }
  return names
}

const ARITHMETIC = new Set<SyntaxKind>([
  SyntaxKind.MinusToken,
  SyntaxKind.AsteriskToken,
  SyntaxKind.PercentToken,
  SyntaxKind.MinusEqualsToken,
  SyntaxKind.AsteriskEqualsToken,
  SyntaxKind.PercentEqualsToken,
])
const FRACTIONS = new Set<SyntaxKind>([
  SyntaxKind.SlashToken,
  SyntaxKind.SlashEqualsToken,
  SyntaxKind.AsteriskAsteriskToken,
  SyntaxKind.AsteriskAsteriskEqualsToken,
])
const COMPARISONS = new Set<SyntaxKind>([
  SyntaxKind.LessThanToken,
  SyntaxKind.GreaterThanToken,
  SyntaxKind.LessThanEqualsToken,
  SyntaxKind.GreaterThanEqualsToken,
])

/** What `Number(…)` is given, if the node is such a call. */
function argumentOfNumber(node: Node): Node | undefined {
  if (node.kind !== SyntaxKind.CallExpression) return undefined
  const { expression, arguments: given } = node as CallExpression
  return textOf(expression) === 'Number' ? given[0] : undefined
}

/** What is wrong by the types of what it is done to. */
function byType(node: Node): readonly Asked[] {
  switch (node.kind) {
    case SyntaxKind.BinaryExpression:
      return ofOperator(node as BinaryExpression)
    case SyntaxKind.PrefixUnaryExpression: {
      const { operator, operand } = node as PrefixUnaryExpression
      return operator === SyntaxKind.MinusToken ? [{ node: operand, judge: whole }] : []
    }
    case SyntaxKind.CallExpression: {
      const given = argumentOfNumber(node)
      return given === undefined ? [] : [{ node: given, judge: wholeAlready, found: node }]
    }
    case SyntaxKind.Identifier:
      return MONEY.test((node as Identifier).text) ? [{ node, judge: notNumber }] : []
    default:
      return []
  }
}

function ofOperator({ left, right, operatorToken }: BinaryExpression): readonly Asked[] {
  const operands = [left, right]
  const { kind } = operatorToken
  if (kind === SyntaxKind.PlusToken || kind === SyntaxKind.PlusEqualsToken) {
    return operands.map((node) => ({ node, judge: added(node), found: left.parent }))
  }
  if (ARITHMETIC.has(kind)) return operands.map((node) => ({ node, judge: whole }))
  if (FRACTIONS.has(kind)) return [{ node: left.parent, judge: notFraction }]
  if (!COMPARISONS.has(kind)) return []
  return operands.map((node) => ({ node, judge: comparedIn(node) }))
}

/** Whole by its type: a bigint, or a number that was checked where it came from. */
const wholeAlready = (type: Type | undefined): Rule | undefined =>
  isNumeric(type) ? undefined : CONVERTED

/** Text is joined, unless it is named as money. */
function added(node: Node) {
  return (type: Type | undefined): Rule | undefined =>
    isOf(type, TypeFlags.StringLike) && !isNamedAsMoney(node) ? undefined : whole(type)
}

function isNamedAsMoney(node: Node): boolean {
  return MONEY.test(textOf((node as PropertyAccessExpression).name ?? node) ?? '')
}

const whole = (type: Type | undefined): Rule | undefined =>
  isNumeric(type) ? undefined : 'arithmetic on something else than whole numbers'

const notFraction = (type: Type | undefined): Rule | undefined =>
  isOf(type, TypeFlags.BigIntLike) ? undefined : 'a number becomes a fraction'

const notNumber = (type: Type | undefined): Rule | undefined =>
  isOf(type, TypeFlags.NumberLike) ? 'money is a number' : undefined

function comparedIn(node: Node) {
  const isMoney = isNamedAsMoney(node)
  return (type: Type | undefined): Rule | undefined => {
    const isText = isMoney && someOf(type, (one) => (one.flags & TypeFlags.StringLike) !== 0)
    return isText || someOf(type, isDecimal) ? 'a decimal is compared as text' : undefined
  }
}

function isDecimal(type: Type): boolean {
  return type.getSymbol()?.name === 'Decimal'
}

const MISSING = TypeFlags.Undefined | TypeFlags.Null

function isNumeric(type: Type | undefined): boolean {
  return isOf(type, TypeFlags.NumberLike) || isOf(type, TypeFlags.BigIntLike)
}

function isOf(type: Type | undefined, flags: TypeFlags): boolean {
  if (type === undefined) return false
  const parts = type.isUnionType() ? (type.getTypes() ?? []) : [type]
  const there = parts.filter((part) => (part.flags & MISSING) === 0)
  return there.length > 0 && there.every((part) => (part.flags & flags) !== 0)
}

function someOf(type: Type | undefined, is: (type: Type) => boolean): boolean {
  if (type === undefined) return false
  const parts = type.isUnionType() ? type.getTypes() : [type]
  return (parts ?? []).some(is)
}

/** A word that means money, in a name of several. */
const MONEY =
  /^(amount|amounts|price|cost|tax|net|gross|debit|credit|balance|discount|cash|money|outstanding|exposure|headroom|shortfall|principal|unapplied|refundable)$|(Amount|Amounts|Price|Cost|Tax|Net|Gross|Balance|Discount|Cash|Money|Outstanding|Headroom|Shortfall|Principal)$/
