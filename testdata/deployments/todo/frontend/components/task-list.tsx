'use client'
import axios from 'axios'
import { useEffect, useState } from 'react'

type Task = { id: number; title: string; done: boolean }

const api = axios.create({ baseURL: process.env.NEXT_PUBLIC_API_URL })

export function TaskList() {
  const [tasks, setTasks] = useState<Task[]>([])
  const [title, setTitle] = useState('')
  useEffect(() => {
    api.get<Task[]>('/api/tasks/').then((answer) => setTasks(answer.data))
  }, [])
  const add = async () => {
    const answer = await api.post<Task>('/api/tasks/', { title })
    setTasks([...tasks, answer.data])
    setTitle('')
  }
  return (
    <>
      <input className="border p-1" value={title} onChange={(event) => setTitle(event.target.value)} />
      <button onClick={add}>Add</button>
      <ul>
        {tasks.map((task) => (
          <li key={task.id}>{task.title}</li>
        ))}
      </ul>
    </>
  )
}
