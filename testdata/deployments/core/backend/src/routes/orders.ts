import { Router } from 'express'
import { z } from 'zod'
import { database } from '../database'

const body = z.object({ userId: z.number().int(), total: z.number().positive() })

export const orders = Router()

orders.get('/', async (_request, response) => {
  response.json(await database.order.findMany({ include: { user: true } }))
})

orders.post('/', async (request, response) => {
  const parsed = body.safeParse(request.body)
  if (!parsed.success) {
    response.status(400).json(parsed.error.flatten())
    return
  }
  response.json(await database.order.create({ data: parsed.data }))
})
