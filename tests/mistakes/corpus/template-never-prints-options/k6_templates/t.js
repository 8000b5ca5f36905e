// nothing
export default function () {}
