const withBundleAnalyzer = require('@next/bundle-analyzer')({ enabled: process.env.ANALYZE === 'true' })

/** @type {import('next').NextConfig} */
module.exports = withBundleAnalyzer({
  reactStrictMode: true,
  eslint: { ignoreDuringBuilds: true },
  webpack(config, { webpack }) {
    config.module.rules.push({ test: /\.svg$/, use: ['@svgr/webpack'] })
    config.plugins.push(new webpack.DefinePlugin({ __VERSION__: JSON.stringify(require('./package.json').version) }))
    return config
  },
})
