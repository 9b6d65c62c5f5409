import { Gallery } from '@/components/gallery'
import { OrderChart } from '@/components/order-chart'

export default function Home() {
  return (
    <main>
      <h1>Orders</h1>
      <OrderChart />
      <Gallery />
    </main>
  )
}
