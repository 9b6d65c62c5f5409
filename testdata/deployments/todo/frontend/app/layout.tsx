import './globals.css'

export const metadata = { title: 'Todo' }

export default function RootLayout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body className="mx-auto max-w-xl p-8">{children}</body>
    </html>
  )
}
