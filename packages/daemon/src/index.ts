export { daemonErrors } from './errors.ts';
