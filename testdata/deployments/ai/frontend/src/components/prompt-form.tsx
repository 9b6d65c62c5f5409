'use client'
import * as Dialog from '@radix-ui/react-dialog'
import { zodResolver } from '@hookform/resolvers/zod'
import { useMutation } from '@tanstack/react-query'
import axios from 'axios'
import { motion } from 'framer-motion'
import { Send } from 'lucide-react'
import { useForm } from 'react-hook-form'
import Markdown from 'react-markdown'
import { z } from 'zod'

const schema = z.object({ prompt: z.string().min(1).max(4000) })

export function PromptForm() {
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { prompt: '' } })
  const ask = useMutation({
    mutationFn: (body: { prompt: string }) => axios.post(`${process.env.NEXT_PUBLIC_API_URL}/ask`, body).then((answer) => answer.data),
  })
  return (
    <Dialog.Root>
      <Dialog.Trigger className="rounded bg-blue-600 px-4 py-2 text-white">Ask</Dialog.Trigger>
      <Dialog.Content className="fixed inset-20 bg-white p-6 shadow">
        <Dialog.Title>Ask the model</Dialog.Title>
        <form onSubmit={form.handleSubmit((body) => ask.mutate(body))}>
          <textarea className="w-full border p-2" {...form.register('prompt')} />
          <button type="submit">
            <Send size={16} />
          </button>
        </form>
        <motion.div animate={{ opacity: ask.isPending ? 0.4 : 1 }}>
          <Markdown>{ask.data?.text ?? ''}</Markdown>
        </motion.div>
      </Dialog.Content>
    </Dialog.Root>
  )
}
