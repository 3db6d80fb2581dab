"use strict";
/* Going from coin to coin by the keyboard. `x` and `y` are the positions of the coins. */
const Walk = (() => {
  /* The coin nearest to another in a direction: a way across counts twice, and must not be longer than the
     way along. Coins at one place follow each other by number, forwards to the right and down. */
  function next(x, y, coin, [dx, dy]) {
    const isForward = dx > 0 || dy < 0;
    let found = coin,
      least = Infinity;
    for (let other = 0; other < x.length; other++) {
      const along = (x[other] - x[coin]) * dx + (y[other] - y[coin]) * dy;
      const across = Math.abs((x[other] - x[coin]) * dy - (y[other] - y[coin]) * dx);
      const isUpon = along === 0 && across === 0;
      if (other === coin || (isUpon ? other > coin !== isForward : along <= 0 || across > along)) continue;
      const far = isUpon ? -1 / Math.abs(other - coin) : along + 2 * across;
      if (far < least) [least, found] = [far, other];
    }
    return found;
  }

  /* The coin nearest to a point. */
  function nearest(x, y, point) {
    const far = (coin) => Math.hypot(x[coin] - point.x, y[coin] - point.y);
    let found = 0;
    for (let coin = 1; coin < x.length; coin++) if (far(coin) < far(found)) found = coin;
    return found;
  }

  return { next, nearest };
})();
