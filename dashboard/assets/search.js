// What is typed finds names however they are written: "cafe" finds "Café", "lodz" finds "Łódź".
(function () {
  // The same as dashboard/text.py.
  const LETTERS = {
    ß: "ss", ς: "σ", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ħ: "h", ŧ: "t", ı: "i",
    "‘": "'", "’": "'", "“": '"', "”": '"', "‐": "-", "–": "-", "—": "-",
  };
  const plain = (text) => text.normalize("NFKD").replace(/\p{Mn}/gu, "");
  const folded = (text) => plain(plain(String(text ?? "")).toLowerCase()).replace(/[^\x00-\x7f]/g, (letter) => LETTERS[letter] ?? letter);

  window.dashAgGridFunctions = Object.assign({}, window.dashAgGridFunctions, { folded });

  window.dashMantineFunctions = Object.assign({}, window.dashMantineFunctions, {
    // Of a select's options those in which all the words stand, in any order.
    fitting: function ({ options, search, limit = Infinity }) {
      const words = folded(search).split(/\s+/);
      return options.filter(({ label }) => words.every((word) => folded(label).includes(word))).slice(0, limit);
    },
    // The server has chosen them already.
    asGiven: ({ options }) => options,
  });
})();
