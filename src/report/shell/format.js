// Numbers with their units, in the words of the other files of a suite.
'use strict';

const format = (() => {
  const trimmed = (value, decimals) => {
    const text = value.toFixed(decimals);
    const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
    return short === '-0' ? '0' : short;
  };

  const duration = (milliseconds) => {
    const sign = milliseconds < 0 ? '-' : '';
    const size = Math.abs(milliseconds);
    if (size === 0) return '0s';
    if (size < 0.000999995) return `${sign}${trimmed(size * 1e6, 2)}ns`;
    if (size < 0.999995) return `${sign}${trimmed(size * 1e3, 2)}µs`;
    if (size < 999.995) return `${sign}${trimmed(size, 2)}ms`;
    if (size < 59995) return `${sign}${trimmed(size / 1e3, 2)}s`;
    const tenths = Math.round(size / 100);
    const minutes = Math.floor(tenths / 600);
    return `${sign}${minutes}m${((tenths - minutes * 600) / 10).toFixed(1).padStart(4, '0')}s`;
  };

  const bytes = (value) => {
    const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
    let scaled = value;
    let unit = 0;
    while (Math.abs(scaled) >= 999.95 && unit + 1 < units.length) {
      scaled /= 1000;
      unit += 1;
    }
    return `${trimmed(scaled, 1)} ${units[unit]}`;
  };

  const perSecond = (value) => {
    const size = Math.abs(value);
    if (size === 0) return '0/s';
    if (size < 0.1) return `${trimmed(value, 4)}/s`;
    if (size < 10) return `${trimmed(value, 2)}/s`;
    if (size < 1000) return `${trimmed(value, 1)}/s`;
    return `${trimmed(value, 0)}/s`;
  };

  // What is not quite none or all never reads as none or all.
  const share = (value) => {
    if (value > 0 && value < 0.00005) return '<0.01%';
    if (value >= 0.99995 && value < 1) return '>99.99%';
    return `${(value * 100).toFixed(2)}%`;
  };

  const plain = (value) => trimmed(value, 4);

  const withUnit = (value, unit) => {
    if (value === null || value === undefined) return '–';
    switch (unit) {
      case 'ms': return duration(value);
      case 's': return duration(value * 1000);
      case 'bytes': return bytes(value);
      case 'bytes/s': return `${bytes(value)}/s`;
      case 'share': return share(value);
      case '1/s': return perSecond(value);
      case '': case '1': return plain(value);
      default: return `${plain(value)} ${unit}`;
    }
  };

  const age = (seconds) => {
    const size = Math.max(0, seconds);
    if (size < 60) return `${Math.round(size)} s`;
    if (size < 3600) return `${Math.round(size / 60)} min`;
    if (size < 48 * 3600) return `${Math.round(size / 3600)} h`;
    return `${Math.round(size / 86400)} d`;
  };

  const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;

  return { withUnit, age, count, plain };
})();
