import "./app.css";
import { App } from "./App";
import { start } from "./start";

await start(<App />);
