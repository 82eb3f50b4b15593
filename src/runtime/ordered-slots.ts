// SPDX-License-Identifier: Apache-2.0
/**
 * Limits how much work runs at once, in all and per key, and keeps the order within a key: work
 * never starts before work that was submitted earlier and shares one of its keys. The limit of a key
 * counts from its oldest work that has not ended, so that no more than `perKey - 1` younger ones
 * ever pass it, however long it takes. A key at its limit does not hold up the others. It does not retry, cancel or time out: work ends by itself,
 * and its outcome goes to whoever submitted it.
 */
import { ConnectorError } from "../errors.ts";

export interface OrderedSlotsOptions {
  /** Most works that run at once. */
  readonly total: number;
  /** Most works that run at once for one key. */
  readonly perKey: number;
}

/** What work may say about its slot while it runs. */
export interface Slot {
  /**
   * Lets work of other keys run in its place, for as long as this one lasts; work of its own keys stays limited as
   * before. For work that has to wait for what others may bring. Twice is once.
   */
  giveWay(): void;
}

export interface OrderedSlots {
  /**
   * Runs the work when its turn has come, at once if it can, and settles as the work does. Work
   * that is not `ready` yet waits without a slot and still keeps its place: younger work of its
   * keys stays behind it. A rejection of `ready` starts the work too, which has to look for itself.
   */
  run<T>(
    keys: readonly string[],
    work: (slot: Slot) => Promise<T>,
    ready?: Promise<unknown>,
  ): Promise<T>;
  /** Works that have started and not ended, those that gave way among them. */
  readonly inFlight: number;
  /** Works that have not started. */
  readonly waiting: number;
  /** Resolves when nothing runs and nothing waits. */
  whenIdle(): Promise<void>;
}

interface Turn {
  readonly keys: readonly string[];
  isReady: boolean;
  /** It runs, and counts against its keys only. */
  hasGivenWay: boolean;
  /** Calls the work and resolves when it has ended; never rejects. */
  readonly start: () => Promise<void>;
}

/** The running works of one key. */
interface Lane {
  /** Works that started since the lane was last empty. */
  started: number;
  /** Their places in that row; the oldest is the first, because they start in order. */
  readonly running: Map<Turn, number>;
}

/** Throws INTERNAL when a limit is below one: nothing would ever run. */
export function createOrderedSlots(options: OrderedSlotsOptions): OrderedSlots {
  const { total, perKey } = options;
  if (!(total >= 1 && perKey >= 1)) {
    throw new ConnectorError("INTERNAL", `no work fits in ${total} slots, ${perKey} per key`);
  }
  return new KeyedSlots(options);
}

class KeyedSlots implements OrderedSlots {
  readonly #limits: OrderedSlotsOptions;
  /** Keys with running work. */
  readonly #lanes = new Map<string, Lane>();
  /** Turns without a slot, oldest first. */
  #turns: Turn[] = [];
  /** Turns that have a slot and whose work is about to be called, oldest first. */
  readonly #starting: Turn[] = [];
  #inFlight = 0;
  /** Works that run and have not given way. */
  #occupied = 0;
  #idleWaiters: (() => void)[] = [];

  constructor(limits: OrderedSlotsOptions) {
    this.#limits = limits;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get waiting(): number {
    return this.#turns.length;
  }

  async run<T>(
    keys: readonly string[],
    work: (slot: Slot) => Promise<T>,
    ready?: Promise<unknown>,
  ): Promise<T> {
    return await new Promise<T>((resolve) => {
      const slot: Slot = {
        giveWay: () => {
          this.#giveWay(turn);
        },
      };
      const start = async (): Promise<void> => {
        // `async` turns work that throws before its first await into a rejection as well.
        const outcome = (async () => await work(slot))();
        resolve(outcome);
        await outcome.catch(() => undefined);
      };
      const isReady = ready === undefined;
      const turn: Turn = { keys: [...new Set(keys)], start, isReady, hasGivenWay: false };
      this.#turns.push(turn);
      const onReady = (): void => {
        turn.isReady = true;
        this.#startDue();
      };
      if (ready === undefined) this.#startDue();
      else ready.then(onReady, onReady);
    });
  }

  async whenIdle(): Promise<void> {
    if (this.#isIdle) return;
    await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  get #isIdle(): boolean {
    return this.#inFlight === 0 && this.#turns.length === 0;
  }

  #startDue(): void {
    this.#starting.push(...this.#takeDue());
    // Work may submit more work while it starts: that goes behind what has a slot already.
    for (let turn = this.#starting.shift(); turn !== undefined; turn = this.#starting.shift()) {
      this.#start(turn);
    }
  }

  #start(turn: Turn): void {
    void turn.start().then(() => {
      this.#release(turn);
      this.#startDue();
      if (!this.#isIdle) return;
      const waiters = this.#idleWaiters;
      this.#idleWaiters = [];
      for (const wake of waiters) wake();
    });
  }

  /** Gives slots to every waiting turn that may have one, oldest first. */
  #takeDue(): Turn[] {
    const due: Turn[] = [];
    const heldKeys = new Set<string>();
    const isFree = (key: string): boolean => !heldKeys.has(key) && this.#hasRoom(key);
    this.#turns = this.#turns.filter((turn) => {
      if (turn.isReady && this.#occupied < this.#limits.total && turn.keys.every(isFree)) {
        this.#occupy(turn);
        due.push(turn);
        return false;
      }
      // Younger turns of these keys stay behind this one, even those that would have room.
      for (const key of turn.keys) heldKeys.add(key);
      return true;
    });
    return due;
  }

  #hasRoom(key: string): boolean {
    const lane = this.#lanes.get(key);
    const oldest = lane?.running.values().next().value;
    if (lane === undefined || oldest === undefined) return true;
    return lane.started - oldest < this.#limits.perKey;
  }

  #occupy(turn: Turn): void {
    this.#inFlight++;
    this.#occupied++;
    for (const key of turn.keys) {
      const lane = this.#lanes.get(key) ?? { started: 0, running: new Map() };
      this.#lanes.set(key, lane);
      lane.running.set(turn, lane.started++);
    }
  }

  #giveWay(turn: Turn): void {
    if (turn.hasGivenWay) return;
    turn.hasGivenWay = true;
    this.#occupied--;
    this.#startDue();
  }

  #release(turn: Turn): void {
    this.#inFlight--;
    if (!turn.hasGivenWay) this.#occupied--;
    // Whatever it says from now on, it has nothing to give.
    turn.hasGivenWay = true;
    for (const key of turn.keys) {
      const lane = this.#lanes.get(key);
      lane?.running.delete(turn);
      if (lane?.running.size === 0) this.#lanes.delete(key);
    }
  }
}
