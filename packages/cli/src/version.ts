/** Put in by the bundler (`define`); absent when the sources run directly. */
declare const WHARF_VERSION: string | undefined;
declare const WHARF_COMMIT: string | undefined;
declare const WHARF_BUILD_TIME: string | undefined;

/** Wharf's version. */
export const VERSION: string = typeof WHARF_VERSION === 'string' ? WHARF_VERSION : '0.1.0';

/** The commit this program was built from, or `dev`. */
export const COMMIT: string = typeof WHARF_COMMIT === 'string' ? WHARF_COMMIT : 'dev';

/** When this program was built (RFC 3339), or nothing when the sources run directly. */
export const BUILT: string = typeof WHARF_BUILD_TIME === 'string' ? WHARF_BUILD_TIME : '';
