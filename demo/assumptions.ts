/**
 * What Northwind's data does not tell and a history needs: where the goods lie, what they cost, how they
 * are taxed, what credit the customers have, how long goods travel and when they are paid.
 */

import { addDays, endOfMonth } from '../domain/kernel/dates.ts'
import type { LocalDate } from '../domain/kernel/values.ts'

const REGIONS: Readonly<Record<string, string>> = {
  Canada: 'North America',
  Mexico: 'North America',
  USA: 'North America',
  Argentina: 'South America',
  Brazil: 'South America',
  Venezuela: 'South America',
}

/** The region of a country; those not listed are in Europe. */
export function regionOf(country: string): string {
  return REGIONS[country] ?? 'Europe'
}

const AMERICAS = {
  warehouseId: 'SEA',
  name: 'Seattle',
  regions: ['North America', 'South America'],
}
const EUROPE = { warehouseId: 'LON', name: 'London', regions: ['Europe'] }
const EUROPE_COLD = { warehouseId: 'HAM', name: 'Hamburg cold store', regions: ['Europe'] }

export const WAREHOUSES = [
  { ...AMERICAS, priority: 1 },
  { ...EUROPE, priority: 1 },
  { ...EUROPE_COLD, priority: 2 },
]

const COLD = ['Dairy Products', 'Meat/Poultry', 'Produce', 'Seafood']

/** Where the goods of a category lie for a region: an order for Europe may need two warehouses. */
export function warehouseFor(region: string, category: string): string {
  if (AMERICAS.regions.includes(region)) return AMERICAS.warehouseId
  return COLD.includes(category) ? EUROPE_COLD.warehouseId : EUROPE.warehouseId
}

/** The unit cost of goods, as a share of their list price. */
export const COST_SHARE = '0.6'

/** Northwind's prices are taken to include tax. */
export const GOODS_TAX_RATE = '0.13'
export const FREIGHT_TAX_RATE = '0.09'

export const TERMS = { type: 'net', days: 30 } as const

/** Nobody's money is later than this in the books after the due date. */
export const GRACE_DAYS = 14

const TRANSIT_DAYS: Readonly<Record<string, number>> = {
  'Speedy Express': 2,
  'Federal Shipping': 3,
  'United Package': 4,
}

export function deliveryDay(carrier: string, shippedOn: LocalDate): LocalDate {
  return addDays(shippedOn, TRANSIT_DAYS[carrier] ?? 5)
}

const EARLIEST_DAYS = -7
const HABITS = 12

/** Each customer has its habit: from a week before the due date to some days after it, on a weekday. */
export function paymentDay(customerId: string, shippedOn: LocalDate): LocalDate {
  const letters = [...customerId].reduce((total, letter) => total + letter.charCodeAt(0), 0)
  const habit = (letters % HABITS) + EARLIEST_DAYS
  return weekdayFrom(addDays(shippedOn, TERMS.days + habit))
}

/** The day itself, or the Monday after a weekend. */
export function weekdayFrom(date: LocalDate): LocalDate {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
  if (weekday === 6) return addDays(date, 2)
  return weekday === 0 ? addDays(date, 1) : date
}

const FRIDAY = 5

/** The bank's statement comes on Fridays and at the end of a month: the day on which a day is in one. */
export function statementDay(date: LocalDate): LocalDate {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
  const friday = addDays(date, (FRIDAY - weekday + 7) % 7)
  const end = endOfMonth(date)
  return [friday, end].sort()[0] ?? friday
}

/** What a bank abroad keeps of some transfers. */
export const CHARGES_ABROAD = '1.50'

/** What the bank takes a month for the account. */
export const BANK_CHARGE = '12.50'

/** A limit is given in whole thousands. */
export const LIMIT_STEP = 1000
