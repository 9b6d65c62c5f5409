'use client'
import PhotoIcon from '@mui/icons-material/Photo'
import { Button, Stack } from '@mui/material'
import { useState } from 'react'

export function Gallery() {
  const [shown, show] = useState(0)
  return (
    <Stack spacing={2}>
      <Button startIcon={<PhotoIcon />} onClick={() => show((shown + 1) % 12)}>
        Next
      </Button>
      <img src={`/gallery/photo-${String(shown).padStart(2, '0')}.png`} alt="" />
    </Stack>
  )
}
