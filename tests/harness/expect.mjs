// Playwright's expect with patience: on a busy machine all that is asserted here takes its time, and
// what is measured is measured by marks, not by waiting.
import { expect as impatient } from '@playwright/test';

export const expect = impatient.configure({ timeout: 30_000 });
