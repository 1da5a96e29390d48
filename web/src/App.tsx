import type { MatrixClient } from "matrix-js-sdk";
import { lazy, Suspense, useEffect, useState } from "react";
import { ConnectionBanner } from "./chat/ConnectionBanner";
import { Frame } from "./chat/Frame";
import { FrameSkeleton } from "./chat/FrameSkeleton";
import { openClient, signOut, startClient, whenPrepared } from "./client";
import { ClientProvider } from "./hooks";
import { quieten } from "./quiet";
import { refusalsOf } from "./handover/refused";
import { needsKeys, noteKeys, onKeysWanted, startKeys, usesKeys } from "./security/keys";
import { type Credentials, signOutHere, storedCredentials } from "./session";
import { applyPresence } from "./settings/presence";
import { SignIn } from "./SignIn";
import { NewVersion } from "./pwa/NewVersion";
import { useAttached, useShared } from "./share/place";
import { watchRefusals } from "./screening/refusals";
import { uploadsOf } from "./uploads/uploads";

const AttachPage = lazy(() => import("./share/AttachPage"));
const SharePage = lazy(() => import("./share/SharePage"));
const Locked = lazy(() => import("./handover/Locked"));
const Settings = lazy(() => import("./settings/Settings"));

/** Who is here: nobody, somebody whose rooms are on their way, or somebody with them. */
export function App() {
  return (
    <>
      <Who />
      <NewVersion />
    </>
  );
}

function Who() {
  const [credentials, setCredentials] = useState<Credentials | null>(storedCredentials);
  if (credentials === null || credentials.accessToken === "") {
    return <SignIn again={credentials?.userId ?? null} onDone={setCredentials} />;
  }
  return <SignedIn key={credentials.accessToken} credentials={credentials} onEnded={() => setCredentials(storedCredentials())} />;
}

function SignedIn({ credentials, onEnded }: { credentials: Credentials; onEnded: () => void }) {
  const { client, isReady, isLocked, again } = useStartedClient(credentials, onEnded);
  const shared = useShared();
  const attached = useAttached();
  if (isLocked) return <Suspense><Locked onAgain={again} onForget={() => void signOutHere().then(onEnded)} /></Suspense>;
  if (client === null) return <FrameSkeleton />;
  if (!isReady) {
    return (
      <ClientProvider value={client}>
        <FrameSkeleton banner={<ConnectionBanner />} />
      </ClientProvider>
    );
  }
  const leave = async (): Promise<void> => {
    await uploadsOf(client).clear();
    await signOut(client);
    onEnded();
  };
  if (attached !== null) {
    return (
      <ClientProvider value={client}>
        <Suspense fallback={<FrameSkeleton />}><AttachPage attached={attached} /></Suspense>
      </ClientProvider>
    );
  }
  if (shared !== null) {
    return (
      <ClientProvider value={client}>
        <Suspense fallback={<FrameSkeleton />}><SharePage words={shared} banner={<ConnectionBanner />} /></Suspense>
      </ClientProvider>
    );
  }
  return (
    <ClientProvider value={client}>
      <Frame
        settings={
          <Suspense>
            <Settings onSignOut={leave} />
          </Suspense>
        }
      />
    </ClientProvider>
  );
}

type Started = { client: MatrixClient | null; isReady: boolean; isLocked: boolean; again: () => void };

/** The client of these credentials, and whether its rooms are there. It is opened anew with its keys when an encrypted room needs them. */
function useStartedClient(credentials: Credentials, onEnded: () => void): Started {
  const [client, setClient] = useState<MatrixClient | null>(null);
  const [isReady, setReady] = useState(false);
  const [isLocked, setLocked] = useState(false);
  const [round, setRound] = useState(0);
  useEffect(() => onKeysWanted(() => {
    noteKeys(credentials);
    setRound((before) => before + 1);
  }), []);
  useEffect(() => {
    setClient(null);
    setReady(false);
    setLocked(false);
    let opened: MatrixClient | null = null;
    let isOver = false;
    void (async () => {
      opened = await openClient(credentials);
      // Where it fails, the rooms that are not encrypted work all the same; the others say so.
      if (usesKeys(credentials)) await startKeys(opened, credentials).catch(() => {});
      if (isOver) return;
      quieten(opened);
      refusalsOf(opened);
      const tracking = opened;
      void import("./tracking/points").then(({ startTracking }) => isOver || startTracking(tracking)).catch(() => {});
      setClient(opened);
      await startClient(opened, onEnded, () => !isOver && setLocked(true));
      await applyPresence(opened);
      await whenPrepared(opened);
      if (isOver) return;
      if (needsKeys(opened) && !usesKeys(credentials)) {
        noteKeys(credentials);
        return setRound((before) => before + 1);
      }
      watchRefusals(opened);
      void uploadsOf(opened).restore();
      setReady(true);
    })();
    return () => {
      isOver = true;
      opened?.stopClient();
    };
  }, [round]);
  return { client, isReady, isLocked, again: () => setRound((before) => before + 1) };
}
