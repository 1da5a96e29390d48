/** Short videos of the camera. */
import { useEffect, useRef, useState } from "react";

export const MOST_SECONDS = 60;
const BITS_PER_SECOND = 2_500_000;
const TYPES = ["video/mp4", "video/webm"];

export function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined";
}

/** A time for the name of a file. */
export function stamp(): string {
  return new Date().toISOString().slice(0, 19).replace(/[T:]/g, "-");
}

export type Recorder = {
  /** How long it records already; null while it does not. */
  seconds: number | null;
  start: () => void;
  stop: () => void;
};

/** Records the stream; stops by itself after the longest time. What is not stopped is thrown away. */
export function useRecorder(stream: MediaStream | null, onVideo: (video: File) => void): Recorder {
  const [seconds, setSeconds] = useState<number | null>(null);
  const running = useRef<MediaRecorder | null>(null);
  useEffect(() => {
    if (seconds === null) return undefined;
    if (seconds >= MOST_SECONDS) running.current?.stop();
    const timer = setTimeout(() => setSeconds(seconds + 1), 1000);
    return () => clearTimeout(timer);
  }, [seconds]);
  useEffect(() => () => {
    if (running.current) running.current.onstop = null;
  }, []);
  const start = (): void => {
    if (stream === null) return;
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
    const recorder = new MediaRecorder(stream, { videoBitsPerSecond: BITS_PER_SECOND, ...(type ? { mimeType: type } : {}) });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      setSeconds(null);
      const kind = (recorder.mimeType.split(";")[0] || type).trim();
      onVideo(new File(parts, `video-${stamp()}.${kind.includes("mp4") ? "mp4" : "webm"}`, { type: kind }));
    };
    running.current = recorder;
    recorder.start();
    setSeconds(0);
  };
  return { seconds, start, stop: () => running.current?.stop() };
}
