import 'dotenv/config'
import express from 'express'
import helmet from 'helmet'
import { orders } from './routes/orders'

const app = express()
app.use(helmet())
app.use(express.json())
app.get('/health', (_request, response) => {
  response.json({ status: 'ok' })
})
app.use('/api/orders', orders)
app.listen(Number(process.env.PORT ?? 4000))
