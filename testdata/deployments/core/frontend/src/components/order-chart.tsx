'use client'
import { CategoryScale, Chart, LinearScale, LineElement, PointElement } from 'chart.js'
import { format } from 'date-fns'
import { Line } from 'react-chartjs-2'

Chart.register(CategoryScale, LinearScale, LineElement, PointElement)

export function OrderChart() {
  const days = [0, 1, 2, 3, 4, 5, 6].map((day) => new Date(1714521600000 + day * 86400000))
  return <Line data={{ labels: days.map((day) => format(day, 'd MMM')), datasets: [{ label: 'Orders', data: [3, 5, 4, 8, 7, 9, 12] }] }} />
}
