/** Names of things in what banks write: ids, references and order numbers, as words of a text. */

/** So many words of a text are looked at. */
const MOST_WORDS = 64
/** Names of more words are not looked for. */
const MOST_WORDS_OF_NAME = 4
/** From so many letters and digits on a name is known in spite of blanks, dashes and dots within it. */
const LOOSE_LENGTH = 8

/** Runs of Latin letters and digits with signs of ids inside; or of other letters. */
const WORD = /[A-Z0-9](?:[A-Z0-9_.-]*[A-Z0-9])?|(?:(?![A-Z])\p{L})+/gu

function wordsOf(text: string): readonly string[] {
  const upper = text.normalize('NFKC').toUpperCase()
  const words: string[] = []
  for (const [word] of upper.matchAll(WORD)) {
    words.push(word)
    if (words.length === MOST_WORDS) break
  }
  return words
}

/** The keys under which a name is filed: as it is, and as it is known when banks cut it up. */
export function keysOfName(name: string): readonly string[] {
  const words = wordsOf(name)
  if (words.length === 0 || words.length > MOST_WORDS_OF_NAME) return []
  const bare = words.map(bareOf).join('')
  return isLoose(bare) ? [words.join(' '), `~${bare}`] : [words.join(' ')]
}

/** All keys that a text holds, each once: if a name is there, so is one of its keys. */
export function keysInText(text: string): ReadonlySet<string> {
  const words = wordsOf(text)
  const bares = words.map(bareOf)
  const keys = new Set<string>()
  for (const [from, first] of words.entries()) {
    let exact = first
    let bare = bares[from] ?? ''
    for (let to = from + 1; ; to += 1) {
      keys.add(exact)
      if (isLoose(bare)) keys.add(`~${bare}`)
      const next = words[to]
      if (next === undefined || to - from === MOST_WORDS_OF_NAME) break
      exact += ` ${next}`
      bare += bares[to] ?? ''
    }
  }
  return keys
}

function bareOf(word: string): string {
  return word.replaceAll(/[_.-]/g, '')
}

function isLoose(bare: string): boolean {
  return bare.length >= LOOSE_LENGTH && /\d/.test(bare)
}

/** Shorter numbers are found in any text: dates, counts, amounts. */
const TELLING_DIGITS = 6

/** Whether a name says for itself what is meant; `货款`, `2026` or `12` do not, whatever bears that name. */
export function isTelling(key: string): boolean {
  const digits = key.replaceAll(/\D/g, '').length
  return digits >= TELLING_DIGITS || (digits > 0 && /[A-Z]/.test(key))
}

/** A payer's name or account for comparing: no blanks, brackets or marks, whatever its case. */
export function plain(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '')
}
