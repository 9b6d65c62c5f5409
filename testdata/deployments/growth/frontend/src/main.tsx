import axios from 'axios'
import { useEffect, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { BrowserRouter, Route, Routes } from 'react-router-dom'
import { Bar, BarChart, XAxis, YAxis } from 'recharts'

function Tags() {
  const [rows, setRows] = useState<{ tag: string; count: number }[]>([])
  useEffect(() => {
    axios.get<[string, number][]>('/api/tags').then((answer) => setRows(answer.data.map(([tag, count]) => ({ tag, count }))))
  }, [])
  return (
    <BarChart width={720} height={300} data={rows}>
      <XAxis dataKey="tag" />
      <YAxis />
      <Bar dataKey="count" fill="#16a34a" />
    </BarChart>
  )
}

createRoot(document.getElementById('root')!).render(
  <BrowserRouter>
    <img src="/hero.png" alt="" width={210} />
    <Routes>
      <Route path="/" element={<Tags />} />
    </Routes>
  </BrowserRouter>,
)
