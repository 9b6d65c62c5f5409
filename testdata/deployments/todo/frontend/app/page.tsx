import { TaskList } from '@/components/task-list'

export default function Home() {
  return (
    <main>
      <h1 className="text-xl font-bold">Tasks</h1>
      <TaskList />
    </main>
  )
}
