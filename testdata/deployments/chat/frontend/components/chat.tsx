'use client'
import { Send } from 'lucide-react'
import { useState } from 'react'
import Markdown from 'react-markdown'
import remarkGfm from 'remark-gfm'

type Message = { role: 'user' | 'assistant'; content: string }

export function Chat() {
  const [messages, setMessages] = useState<Message[]>([])
  const [text, setText] = useState('')
  const send = async () => {
    const history: Message[] = [...messages, { role: 'user', content: text }]
    setMessages(history)
    setText('')
    const answer = await fetch(`${process.env.NEXT_PUBLIC_API_URL}/api/chat`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ messages: history }),
    })
    setMessages([...history, { role: 'assistant', content: (await answer.json()).content }])
  }
  return (
    <>
      {messages.map((message, index) => (
        <div key={index} className={message.role === 'user' ? 'text-right' : ''}>
          <Markdown remarkPlugins={[remarkGfm]}>{message.content}</Markdown>
        </div>
      ))}
      <input className="border p-1" value={text} onChange={(event) => setText(event.target.value)} />
      <button onClick={send}>
        <Send size={16} />
      </button>
    </>
  )
}
