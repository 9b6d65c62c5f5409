import Link from 'next/link'
import { PromptForm } from '@/components/prompt-form'

export default function Home() {
  return (
    <main>
      <h1 className="text-2xl font-bold">AI platform</h1>
      <PromptForm />
      <Link href="/dashboard">Dashboard</Link>
    </main>
  )
}
