export const options = { thresholds: {} };
export default function () {}
