/** `tradeline rebuild`. */
export async function rebuild(): Promise<void> {}
