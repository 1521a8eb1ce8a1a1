export { ociCliErrors } from './errors.ts';
