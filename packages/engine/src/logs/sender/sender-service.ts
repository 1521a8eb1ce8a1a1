import type { OpRunner } from '@wharf/linux';
import { shippingDriver } from '../drivers/drivers.ts';
import { Shipper } from '../shipper.ts';
import { makeSink } from '../sinks/make-sink.ts';
import type { SenderReport, SenderRequest, SendJob } from './messages.ts';

/** The sending process's own part: a shipper for each container. */
export class SenderService {
  readonly #runner: OpRunner;
  readonly #report: (report: SenderReport) => void;
  readonly #shippers = new Map<string, Shipper>();
  readonly #turns = new Map<string, number>();

  constructor(runner: OpRunner, report: (report: SenderReport) => void) {
    this.#runner = runner;
    this.#report = report;
  }

  take(request: SenderRequest): void {
    const { id } = request;
    const shipper = this.#shippers.get(id);
    if (request.do === 'send') {
      this.#turns.set(id, request.turn);
      if (shipper?.active && !request.ended) shipper.goOn();
      else if (!shipper?.active) this.#start(id, request.job, request.ended);
    } else if (request.do === 'finish') void shipper?.finish();
    else void shipper?.stop();
  }

  /** Ends everything; what a receiver was just being sent is waited for. */
  async close(): Promise<void> {
    await Promise.all([...this.#shippers.values()].map((shipper) => shipper.stop()));
  }

  #start(id: string, job: SendJob, ended: boolean): void {
    const driver = shippingDriver(job.driver);
    if (!driver) return;
    const shipment = driver.open(job.options, job.subject, job.places);
    const shipper = new Shipper(
      {
        spool: job.spool,
        cursor: job.cursor,
        limits: job.limits,
        shipment,
        sink: makeSink(shipment, driver.name, this.#runner),
        hold: () => {
          this.#report({ say: 'hold', id });
          return () => this.#report({ say: 'release', id });
        },
        warn: (message, facts = {}) => this.#report({ say: 'warn', id, message, facts }),
      },
      ended,
    );
    this.#shippers.set(id, shipper);
    void shipper.done.then(() => {
      if (this.#shippers.get(id) !== shipper) return;
      const turn = this.#turns.get(id) ?? 0;
      this.#shippers.delete(id);
      this.#turns.delete(id);
      this.#report({ say: 'done', id, turn });
    });
  }
}
