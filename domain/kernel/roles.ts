/** Who people and systems are (DOMAIN: People and rights). */

import { z } from 'zod'

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
export const Role = z.enum(ROLES)
export type Role = z.output<typeof Role>
