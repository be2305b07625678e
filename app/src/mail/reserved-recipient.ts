/** Names that never belong to anyone (RFC 2606, RFC 6761): tests use them, and a mail to them would only bounce. */
const reservedDomains = /(^|\.)(invalid|example|test|localhost|example\.(com|net|org))$/i;

export function isReservedRecipient(address: string): boolean {
  return reservedDomains.test(address.slice(address.lastIndexOf('@') + 1));
}
