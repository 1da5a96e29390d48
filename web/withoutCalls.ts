import type { Plugin } from "vite";

const IN_CALLS = /\/matrix-js-sdk\/lib\/matrixrtc\/(MembershipManager|RTCEncryptionManager)\.js$|\/sdp-transform\//;
const NOTHING = `
const refused = () => { throw new Error("The chat makes no calls."); };
class NoCall { constructor() { refused(); } }
export { NoCall as MembershipManager, NoCall as StickyEventMembershipManager, NoCall as RTCEncryptionManager, refused as parse, refused as write };
export const MembershipActionType = {};
`;

/** Leaves out what the SDK has need of once somebody is in a call: the chat makes none, and its first load is the lighter by it. */
export function withoutCalls(): Plugin {
  return { name: "without-calls", enforce: "pre", load: (id) => (IN_CALLS.test(id) ? NOTHING : null) };
}
