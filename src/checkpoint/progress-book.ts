// SPDX-License-Identifier: Apache-2.0
/**
 * Holds the progress of every resource that is followed, loaded from the store at its first round. After a conflict the
 * old progress is void: its acks are ignored from then on, and the next round loads what the store holds.
 */
import type { CheckpointStore } from "./checkpoint-store.ts";
import { ResourceProgress } from "./resource-progress.ts";

export interface ProgressBook {
  /** The resource's progress, loaded when it is asked for first. Store errors pass through. */
  of(resourceKey: string): Promise<ResourceProgress>;
  /** False once the progress is void. */
  isCurrent(progress: ResourceProgress): boolean;
}

export interface ProgressBookOptions {
  readonly store: CheckpointStore;
  readonly account: string;
  readonly container: string;
  readonly startHourMs: number;
  readonly hourOf: (blobName: string) => number | undefined;
  readonly onLoaded: (progress: ResourceProgress, isKnown: boolean) => void;
  readonly onConflict: (resourceKey: string) => void;
}

export function createProgressBook(options: ProgressBookOptions): ProgressBook {
  const pages = new Map<string, ResourceProgress>();

  return {
    of: async (resourceKey) => {
      const known = pages.get(resourceKey);
      if (known !== undefined) return known;
      const loaded = await options.store.load(resourceKey);
      const progress = new ResourceProgress({
        ...options,
        resourceKey,
        loaded,
        onConflict: () => {
          if (pages.get(resourceKey) !== progress) return;
          pages.delete(resourceKey);
          options.onConflict(resourceKey);
        },
      });
      pages.set(resourceKey, progress);
      options.onLoaded(progress, loaded !== undefined);
      return progress;
    },
    isCurrent: (progress) => pages.get(progress.resourceKey) === progress,
  };
}
