import type { OpRunner } from '@wharf/linux';
import type { Shipment } from '../drivers/driver.ts';
import { DatagramSink } from './datagram-sink.ts';
import type { Sink } from './sink.ts';
import { StreamSink } from './stream-sink.ts';
import { UdpSink } from './udp-sink.ts';

/** The way to a shipment's receiver. */
export function makeSink({ endpoint, writeTimeout, renewAfter }: Shipment, driver: string, runner: OpRunner): Sink {
  if (endpoint.kind === 'udp') return new UdpSink(endpoint.host, endpoint.port);
  if (endpoint.kind === 'unixgram') {
    const missing = driver === 'journald' ? 'journald is not enabled on this host' : 'Unix syslog delivery error';
    return new DatagramSink(endpoint.paths, runner, missing);
  }
  return new StreamSink(endpoint, { writeTimeout, renewAfter: renewAfter ?? 0 });
}
