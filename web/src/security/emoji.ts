/** What the pictures of a verification are called. Devices may speak different languages: the signs are the same. */
const CHINESE: Record<string, string> = {
  "🐶": "狗", "🐱": "猫", "🦁": "狮子", "🐎": "马", "🦄": "独角兽", "🐷": "猪", "🐘": "大象", "🐰": "兔子", "🐼": "熊猫", "🐓": "公鸡", "🐧": "企鹅", "🐢": "乌龟",
  "🐟": "鱼", "🐙": "章鱼", "🦋": "蝴蝶", "🌷": "花", "🌳": "树", "🌵": "仙人掌", "🍄": "蘑菇", "🌏": "地球", "🌙": "月亮", "☁️": "云", "🔥": "火", "🍌": "香蕉",
  "🍎": "苹果", "🍓": "草莓", "🌽": "玉米", "🍕": "披萨", "🎂": "蛋糕", "❤️": "心", "🙂": "笑脸", "🤖": "机器人", "🎩": "帽子", "👓": "眼镜", "🔧": "扳手", "🎅": "圣诞老人",
  "👍": "赞", "☂️": "伞", "⌛": "沙漏", "⏰": "时钟", "🎁": "礼物", "💡": "灯泡", "📕": "书", "✏️": "铅笔", "📎": "回形针", "✂️": "剪刀", "🔒": "锁", "🔑": "钥匙",
  "🔨": "锤子", "☎️": "电话", "🏁": "旗帜", "🚂": "火车", "🚲": "自行车", "✈️": "飞机", "🚀": "火箭", "🏆": "奖杯", "⚽": "球", "🎸": "吉他", "🎺": "喇叭", "🔔": "铃铛",
  "⚓": "锚", "🎧": "耳机", "📁": "文件夹", "📌": "图钉",
};

export function emojiName(sign: string, english: string, language: string): string {
  const plain = sign.replace(/\uFE0F/g, "");
  return language === "zh" ? (CHINESE[sign] ?? CHINESE[plain] ?? CHINESE[`${plain}\uFE0F`] ?? english) : english.charAt(0).toUpperCase() + english.slice(1);
}
