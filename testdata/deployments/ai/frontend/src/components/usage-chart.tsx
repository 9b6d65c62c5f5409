'use client'
import { Line, LineChart, Tooltip, XAxis, YAxis } from 'recharts'
import { format } from 'date-fns'

export function UsageChart({ points }: { points: { day: number; tokens: number }[] }) {
  return (
    <LineChart width={720} height={260} data={points}>
      <XAxis dataKey="day" tickFormatter={(day) => format(new Date(day), 'd MMM')} />
      <YAxis />
      <Tooltip />
      <Line dataKey="tokens" stroke="#2563eb" />
    </LineChart>
  )
}
