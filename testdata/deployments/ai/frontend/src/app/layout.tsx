import './globals.css'
import { Providers } from '@/components/providers'

export const metadata = { title: 'AI platform' }

export default function RootLayout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body className="mx-auto max-w-5xl p-6">
        <Providers>{children}</Providers>
      </body>
    </html>
  )
}
