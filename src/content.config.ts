import { defineCollection } from 'astro:content';
import { docsLoader } from '@astrojs/starlight/loaders';
import { docsSchema } from '@astrojs/starlight/schema';
import { z } from 'astro/zod';

/** `NN-name`: also the checkpoint's folder under `public/checkpoints`. */
const checkpointId = z.string().regex(/^\d\d-[a-z0-9-]+$/, 'a checkpoint id is NN-name');

const chapterFields = z.object({
  /** The chapter's number; chapters stand in this order. */
  chapter: z.number().int().positive().optional(),
  checkpoint: z
    .object({
      id: checkpointId,
      borrows: z.object({ from: checkpointId, files: z.array(z.string()).min(1) }).optional(),
    })
    .loose()
    .optional(),
  /** A page that is no chapter: the image under `public/sticks` that its machine boots. */
  stick: z.string().optional(),
  experiments: z.array(z.object({ id: checkpointId, title: z.string() }).loose()).default([]),
});

export const collections = {
  docs: defineCollection({
    loader: docsLoader(),
    schema: (context) =>
      docsSchema({ extend: chapterFields })(context).transform((page) =>
        page.chapter === undefined
          ? page
          : {
              ...page,
              sidebar: { ...page.sidebar, order: page.chapter, label: `${page.chapter} · ${page.title}` },
            },
      ),
  }),
};
