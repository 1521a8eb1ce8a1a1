import { spawn } from 'node:child_process';

/** A machine to be emulated. */
export interface MachineOptions {
  readonly kernel: string;
  readonly initramfs: string;
  /** Raw images, read-only, in the order of /dev/vda, vdb, … */
  readonly readOnlyDisks: readonly string[];
  /** Raw images that the guest may write to. */
  readonly disks: readonly string[];
  /** File that gets what the guest writes to its second serial port. */
  readonly statusFile: string;
  /** Milliseconds after which the machine is switched off. */
  readonly timeout: number;
  readonly write: (text: string) => void;
}

/**
 * Boots a machine in software, so that it works without virtualisation, copies its console to `write` and waits until it
 * is off.
 */
export function runMachine(options: MachineOptions): Promise<void> {
  const drive = (file: string, readonly: boolean) => [
    '-drive',
    `if=virtio,format=raw,file=${file},${readonly ? 'readonly=on' : 'cache=unsafe'}`,
  ];
  const args = [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-machine', 'q35', '-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', '3072'],
    ...['-kernel', options.kernel, '-initrd', options.initramfs],
    ...['-append', 'console=ttyS0 quiet panic=-1 cgroup_no_v1=all mitigations=off'],
    ...['-serial', 'stdio', '-serial', `file:${options.statusFile}`],
    ...['-device', 'virtio-rng-pci'],
    ...options.readOnlyDisks.flatMap((file) => drive(file, true)),
    ...options.disks.flatMap((file) => drive(file, false)),
  ];
  return new Promise((resolve, reject) => {
    // The machine ends with us, however we end.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const end = () => child.kill('SIGKILL');
    const timer = setTimeout(() => {
      options.write(`\nthe guest was switched off after ${options.timeout / 1000} s\n`);
      end();
    }, options.timeout);
    process.once('exit', end);
    process.once('SIGINT', end).once('SIGTERM', end);
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => options.write(text.replaceAll('\r\n', '\n')));
    }
    child.on('error', reject);
    child.on('close', () => {
      clearTimeout(timer);
      process.off('exit', end).off('SIGINT', end).off('SIGTERM', end);
      resolve();
    });
  });
}
