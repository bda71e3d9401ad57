/** Whose turn it is: one machine at a time runs, and none while nobody can see it. */

export interface Player {
  readonly isRunning: boolean;
  pause(): void;
  resume(): void;
}

let active: Player | null = null;
/** The active machine ran when the page was hidden. */
let interrupted = false;

/** The machine that ran so far is paused. */
export function takeTurn(player: Player): void {
  if (active && active !== player && active.isRunning) active.pause();
  active = player;
  interrupted = false;
}

export function leaveTurn(player: Player): void {
  if (active === player) active = null;
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    interrupted = active?.isRunning ?? false;
    if (interrupted) active?.pause();
  } else if (interrupted) {
    interrupted = false;
    active?.resume();
  }
});
