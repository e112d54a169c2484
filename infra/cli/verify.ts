/** `tradeline verify`. */
export async function verify(): Promise<void> {}
