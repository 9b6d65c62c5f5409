import { Chat } from '@/components/chat'

export default function Home() {
  return (
    <main>
      <h1 className="text-xl font-bold">Chatbot</h1>
      <Chat />
    </main>
  )
}
