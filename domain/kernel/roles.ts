/** Who people and systems are (DOMAIN: People and rights). */

export const ROLES = [
  'brand-admin',
  'brand-ops',
  'brand-finance',
  'brand-warehouse',
  'dealer-buyer',
  'dealer-approver',
  'dealer-warehouse',
  'platform-support',
  'platform-service',
  'erp',
  'auditor',
] as const
export type Role = (typeof ROLES)[number]
