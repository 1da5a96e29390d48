/** Recordings of the voice: the microphone is taken while it records, and not longer. */
import { useEffect, useRef, useState } from "react";

export const MOST_SECONDS = 30;
const TYPES = ["audio/ogg", "audio/mp4", "audio/webm"];

export type VoiceRecorder = { seconds: number | null; isRefused: boolean; start: () => void; stop: () => void };

export function canRecordVoice(): boolean {
  return typeof MediaRecorder !== "undefined" && Boolean(navigator.mediaDevices);
}

/** Stops by itself after the longest time; what is not stopped is thrown away. */
export function useVoiceRecorder(onVoice: (voice: File) => void): VoiceRecorder {
  const [seconds, setSeconds] = useState<number | null>(null);
  const [isRefused, setRefused] = useState(false);
  const running = useRef<MediaRecorder | null>(null);
  const isGone = useRef(false);
  useEffect(() => {
    if (seconds === null) return undefined;
    if (seconds >= MOST_SECONDS) running.current?.stop();
    const timer = setTimeout(() => setSeconds(seconds + 1), 1000);
    return () => clearTimeout(timer);
  }, [seconds]);
  useEffect(() => {
    isGone.current = false;
    return () => {
      isGone.current = true;
      if (running.current?.state === "recording") running.current.stop();
    };
  }, []);
  const record = (stream: MediaStream): void => {
    const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one)) ?? "";
    const recorder = new MediaRecorder(stream, type ? { mimeType: type } : {});
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      if (isGone.current) return;
      setSeconds(null);
      onVoice(new File(parts, "voice", { type: (recorder.mimeType.split(";")[0] || type).trim() }));
    };
    running.current = recorder;
    recorder.start();
    setSeconds(0);
  };
  const start = (): void => {
    setRefused(false);
    navigator.mediaDevices.getUserMedia({ audio: true }).then((stream) => (isGone.current ? stream.getTracks().forEach((track) => track.stop()) : record(stream)), () => setRefused(true));
  };
  return { seconds, isRefused, start, stop: () => running.current?.stop() };
}
