/** The read models' tables as the read service queries them: views in the schema `read`. */

import type { ColumnType, Kysely } from 'kysely'

/** Read exactly: int8 as bigint, numeric and date as text. */
type Numeric = ColumnType<string, string, string>
type Json = ColumnType<unknown, string, string>

/** An invoice, or a red letter of one. */
type Document = {
  invoice_id: string
  order_id: string
  dealer_id: string
  kind: string
  status: string
  status_reason: Json | null
  title: string
  buyer_tax_id: string
  seller: Json
  code: string | null
  number: string | null
  issued_at: Date | null
  amount: Numeric
  net: Numeric
  tax: Numeric
  lines: Json
  asked: number
  ask_again_at: Date | null
  requested_at: Date
  requested_on: string
  position: bigint
  revision: bigint | null
}

export type Tables = Readonly<{
  orders: {
    order_id: string
    order_number: string
    dealer_id: string
    status: string
    status_reason: Json
    total: Numeric
    net: Numeric
    tax: Numeric
    payment: string
    ship_to_region: string
    requested_on: string | null
    note: string | null
    lines: Json
    charges: Json
    awaiting_payment: Json | null
    placed_at: Date
    placed_on: string
    position: bigint
    revision: bigint
  }
  prepayments: {
    order_id: string
    received: Numeric
  }
  shipments: {
    shipment_id: string
    fulfilment_id: string
    order_id: string
    shipment: number
    lines: Json
    carrier: string
    tracking_number: string
    shipped_on: string
  }
  amendments: {
    order_id: string
    amendment: number
    status: string
    reason: Json | null
    total: Numeric
    lines: Json
    at: Date
  }
  fulfilments: {
    fulfilment_id: string
    order_id: string
    warehouse_id: string
    status: string
    lines: Json
    carrier: string | null
    tracking_number: string | null
    shipped_on: string | null
    delivered_on: string | null
    transit: Json | null
    delay: Json | null
    expected_on: string | null
    late_on: string | null
  }
  reviews: {
    order_id: string
    dealer_id: string
    review: number
    amendment: number | null
    reasons: Json
    total: Numeric
    release: Numeric | null
    chain: Json
    step: number
    due_at: Date
    escalated_to: string | null
    requested_at: Date
    revision: bigint
  }
  review_approvals: {
    order_id: string
    revision: bigint
    review: number
    approver: string
    role: string
    on_behalf_of: string | null
    note: string | null
    approved_at: Date
  }
  review_rules: {
    rule_id: string
    version: number
    terms: Json
    set_by: string | null
    set_at: Date | null
    ended_at: Date | null
  }
  delegations: {
    delegation_id: string
    delegator: string
    delegate: string
    role: string
    dealer_id: string | null
    from_at: Date
    to_at: Date
    reason: string
    given_by: string
    ended_at: Date | null
    position: bigint
  }
  products: {
    product_id: string
    name: string
    category: string
    tax_rate: Numeric
  }
  listings: { product_id: string; position: bigint; at: Date; listed: boolean }
  skus: {
    sku: string
    product_id: string
    name: string
    attributes: Json
    base_price: Numeric
    moq: number
    order_multiple: number
    safety_stock: number
    divisible: boolean
    special: boolean
  }
  dealers: {
    dealer_id: string
    name: string
    level: string
    region: string
    parent_dealer_id: string | null
    facility_id: string
    assortment: Json
  }
  warehouses: { warehouse_id: string; name: string; regions: string[]; priority: number }
  stock: {
    warehouse_id: string
    sku: string
    on_hand: bigint
    reserved: bigint
    quarantined: bigint
    in_transit: bigint
    value: Numeric
  }
  stock_batches: {
    warehouse_id: string
    sku: string
    batch: string
    expires_on: string
    quantity: bigint
    quarantined: bigint
  }
  credit: {
    dealer_id: string
    facility_id: string | null
    parent_dealer_id: string | null
    limit_amount: Numeric
    terms: Json
    grace_days: number
    late_fee_daily_rate: Numeric
    holds: Numeric
    receivables: Numeric
    unapplied_cash: Numeric
    earmarked: Numeric
    reserved: Numeric
    frozen: Json
    debit_mandate: Json | null
  }
  holds: { order_id: string; dealer_id: string; amount: Numeric }
  releases: { order_id: string; facility_id: string; dealer_id: string; released_for: Json }
  temporary_limits: {
    temporary_limit_id: string
    dealer_id: string
    amount: Numeric
    from_date: string
    to_date: string
    reason: string
  }
  guarantees: {
    guarantee_id: string
    guarantor_dealer_id: string
    dealer_id: string
    amount: Numeric
    until_date: string
    order_id: string | null
    revoked: boolean
  }
  receivables: {
    receivable_id: string
    kind: string
    dealer_id: string
    facility_id: string
    order_id: string | null
    fulfilment_id: string | null
    effective_on: string
    due_on: string
    grace_until: string
    daily_rate: Numeric
    amount: Numeric
    outstanding: Numeric
    written_off: Numeric
    recovered: Numeric
    fee_of: string | null
    debited_on: string | null
    booked_on: string
    position: bigint
  }
  allocations: {
    position: bigint
    line: number
    receivable_id: string
    payment_id: string | null
    kind: string
    amount: Numeric
    discount: Numeric
    booked_on: string
    not_before: string | null
  }
  receipts: {
    payment_id: string
    dealer_id: string
    facility_id: string
    effective_on: string
    redated_on: string | null
  }
  fee_charges: {
    position: bigint
    line: number
    receivable_id: string
    amount: Numeric
    charged_on: string
  }
  payments: {
    payment_id: string
    dealer_id: string
    amount: Numeric
    asked_amount: Numeric
    method: string
    status: string
    status_reason: Json | null
    reference: string
    bank_reference: string | null
    provider_reference: string | null
    qr: string | null
    mandate_reference: string | null
    asked: number
    ask_again_at: Date | null
    line_id: string | null
    settled_by: string | null
    provider_fee: Numeric | null
    bounced_in: string | null
    refunded: Numeric
    refund_reserved: Numeric
    order_ids: string[]
    receivable_ids: string[]
    initiated_at: Date
    effective_on: string | null
    position: bigint
    revision: bigint
  }
  invoices: Document & {
    fulfilment_ids: string[]
    shipment_ids: string[]
    left_amount: Numeric
  }
  red_letters: Document & {
    red_letter_id: string
    reason: string
    return_id: string | null
    of_code: string
    of_number: string
  }
  refunds: {
    refund_id: string
    payment_id: string | null
    return_id: string | null
    repeats: string | null
    dealer_id: string
    amount: Numeric
    reason: string
    to_way: string
    method: string
    source: string
    status: string
    status_code: string | null
    status_reason: string | null
    needs_approval: boolean
    requested_by: string
    decided_by: string | null
    asked: number
    ask_again_at: Date | null
    reference: string | null
    line_id: string | null
    requested_at: Date
    effective_on: string | null
    position: bigint
    revision: bigint
  }
  returns: {
    return_id: string
    order_id: string
    dealer_id: string
    status: string
    reason: string | null
    note: string | null
    lines: Json
    approved: Json | null
    received: Json | null
    places: Json | null
    restocking_fee: Numeric
    amount: Numeric | null
    net: Numeric | null
    tax: Numeric | null
    credit: Json | null
    requested_by: string
    decided_by: string | null
    received_by: string | null
    requested_at: Date
    requested_on: string
    effective_on: string | null
    position: bigint
  }
  payment_orders: { order_id: string; payment_id: string }
  bank_statements: {
    statement_id: string
    source: string
    format: string
    file_name: string | null
    status: string
    lines: number
    new_lines: number | null
    total: Numeric | null
    from_date: string
    to_date: string
    found_in: string | null
    received_at: Date
    position: bigint
    revision: bigint
  }
  statement_lines: {
    line_id: string
    statement_id: string
    line: number
    line_key: string
    source: string
    date: string
    value_on: string | null
    amount: Numeric
    text: string
    payer_name: string | null
    payer_account: string | null
    bank_id: string | null
    kind: string | null
    settlement: Json
    class: string | null
    status: string
    rule: string | null
    code: string | null
    message: string | null
    counterpart: Json
    dealer_id: string | null
    candidates: Json
    gave_up: boolean
    is_suspended: boolean
    books: string | null
    position: bigint
  }
  bank_names: { position: bigint; name: string }
  ledger_entries: {
    position: bigint
    line: number
    account: string
    dealer_id: string | null
    debit: Numeric
    credit: Numeric
    booked_on: string
    effective_on: string
    recorded_at: Date
    event_id: string
    event_type: string
    stream: string
    document_kind: string | null
    document_id: string | null
  }
  dealer_totals: { dealer_id: string; account: string; debit: Numeric; credit: Numeric }
  periods: { period: string; status: string; closed_at: Date | null; totals: Json }
  ledger_totals: { booked_on: string; account: string; debit: Numeric; credit: Numeric }
  business_days: { date: string; status: string; totals: Json }
  audit_events: {
    position: bigint
    event_id: string
    stream: string
    revision: bigint
    type: string
    dealer_id: string | null
    correlation_id: string
    causation_id: string
    command_id: string
    actor_user: string
    actor_role: string
    recorded_at: Date
    booked_on: string
  }
  order_events: { order_id: string; position: bigint }
}>

/** Bound to the schema `read`. */
export type ReadDatabase = Kysely<Tables>
