/** Put in by the bundler (`define`); absent when the sources run directly. */
declare const WHARF_COMMIT: string | undefined;

/** Wharf's version. */
export const VERSION = '0.1.0';

/** The commit this program was built from, or `dev`. */
export const COMMIT: string = typeof WHARF_COMMIT === 'string' ? WHARF_COMMIT : 'dev';

/** Put in by the bundler (`define`); absent when the sources run directly. */
declare const WHARF_BUILT: string | undefined;

/** When this program was built (RFC 3339), or nothing when the sources run directly. */
export const BUILT: string = typeof WHARF_BUILT === 'string' ? WHARF_BUILT : '';
