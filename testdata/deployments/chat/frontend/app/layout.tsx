import './globals.css'

export const metadata = { title: 'Chatbot' }

export default function RootLayout({ children }: { children: React.ReactNode }) {
  return (
    <html lang="en">
      <body className="mx-auto max-w-2xl p-6">{children}</body>
    </html>
  )
}
