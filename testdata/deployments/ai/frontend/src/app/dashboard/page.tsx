import Image from 'next/image'
import { UsageChart } from '@/components/usage-chart'

export default function Dashboard() {
  const points = Array.from({ length: 14 }, (_, day) => ({ day: 1714521600000 + day * 86400000, tokens: 1000 + day * 37 }))
  return (
    <main>
      <Image src="/images/hero-0.png" alt="" width={350} height={350} />
      <UsageChart points={points} />
    </main>
  )
}
