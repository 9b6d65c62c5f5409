module.exports = { content: ['./app/**/*.tsx', './components/**/*.tsx'], theme: { extend: {} }, plugins: [] }
