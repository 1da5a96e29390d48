import { useEffect, useState } from "react";
import { call } from "../api";
import { type Credentials, onCredentials, storedCredentials } from "../session";
import { SignIn } from "../SignIn";
import { ConsoleFrame } from "./ConsoleFrame";
import { useLoad } from "./load";
import { type Me, MeProvider } from "./me";
import { Broken } from "./parts/Broken";
import { FrameSkeleton } from "./parts/FrameSkeleton";
import { NoStaff } from "./parts/NoStaff";

/** Who is here: nobody, somebody of whom it is not known yet what they may do, a customer, somebody who works here. */
export function Console() {
  const [credentials, setCredentials] = useState<Credentials | null>(storedCredentials);
  useEffect(() => onCredentials(() => setCredentials(storedCredentials())), []);
  if (credentials === null || credentials.accessToken === "") {
    return <SignIn again={credentials?.userId ?? null} onDone={setCredentials} />;
  }
  return <SignedIn key={credentials.accessToken} />;
}

function SignedIn() {
  useEffect(() => {
    const userId = storedCredentials()?.userId;
    if (userId) void import("../tracking/sender").then(({ startSender }) => startSender(userId)).catch(() => {});
  }, []);
  const { value: me, error, reload } = useLoad((signal) => call<Me>("GET", "/console", { signal }), []);
  if (me === undefined && error !== null) return <main><Broken error={error} onRetry={reload} /></main>;
  if (me === undefined) return <FrameSkeleton />;
  if (me.pages.length === 0) return <NoStaff me={me} />;
  return (
    <MeProvider value={me}>
      <ConsoleFrame />
    </MeProvider>
  );
}
